"""Tables of ratios, in Markdown."""

# A column: heading, key, whether it is a ratio to the ruler, how an absolute figure looks.
COLUMNS = {
    "completed": ("completed", False, lambda x: f"{x * 100:.0f} %" if x > 0.9999 or x < 0.99 else f"{x * 100:.2f} %"),
    "transfers_per_s": ("transfers/s", True, lambda x: f"{x:,.0f}"),
    "mb_per_s": ("MB/s", True, lambda x: f"{x:,.0f}" if x >= 10 else f"{x:.3g}"),
    "cpu_us": ("server CPU a transfer, µs", True, lambda x: f"{x:,.3g}" if x < 1000 else f"{x:,.0f}"),
    "cpu_per_gb": ("server CPU a GB, s", True, lambda x: f"{x:.3g}"),
    "p50_ms": ("p50, ms", True, lambda x: f"{x:,.3g}" if x < 1000 else f"{x:,.0f}"),
    "p99_ms": ("p99, ms", True, lambda x: f"{x:,.3g}" if x < 1000 else f"{x:,.0f}"),
    "max_ms": ("longest, ms", True, lambda x: f"{x:,.3g}" if x < 1000 else f"{x:,.0f}"),
    "evenness": ("p99/p50", False, lambda x: f"{x:.2f}"),
    "retransmissions": ("client retransmissions", False, lambda x: f"{x:,.0f}"),
    "rss_mib": ("peak RSS, MiB", False, lambda x: f"{x:.1f}"),
    "switches": ("context switches a transfer", False, lambda x: f"{x:.2f}" if x < 10 else f"{x:,.0f}"),
    "calls_per_packet": ("system calls a packet", False, lambda x: f"{x:.2f}"),
    "traffic": ("packets, of the least", False, lambda x: f"{x:.3f}"),
    "user_kib": ("user KiB a client", False, lambda x: f"{x:.2f}"),
    "kernel_kib": ("kernel KiB a client", False, lambda x: f"{x:.2f}"),
    "idle_p50_ms": ("p50 of another client, idle, ms", False, lambda x: f"{x:.3f}"),
    "stalled_p50_ms": ("with the load, ms", False, lambda x: f"{x:.3f}"),
    "stalled_ratio": ("with the load, of idle", False, lambda x: f"{x:.2f}"),
    "stalled_p99_ms": ("p99 with the load, ms", False, lambda x: f"{x:.2f}"),
    "stalled_max_ms": ("longest with the load, ms", False, lambda x: f"{x:.2f}"),
    "size_kib": ("stripped, KiB", False, lambda x: f"{x:.0f}"),
}


def cell(row, key):
    """Ratio first, its spread, and the figure behind it."""
    heading, is_ratio, look = COLUMNS[key]
    if key not in row.values:
        return "–"
    value = row.values[key]
    if not is_ratio or key not in row.ratios:
        return look(value.median) if value.high == value.low or not is_ratio else \
            f"{look(value.median)} [{look(value.low)}–{look(value.high)}]"
    ratio = row.ratios[key]
    if ratio.low == ratio.high == 1:
        return f"**1** ({look(value.median)})"
    spread = f" [{short(ratio.low)}–{short(ratio.high)}]" if row.rounds > 1 else ""
    return f"**{short(ratio.median)}**{spread} ({look(value.median)})"


def short(ratio):
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def table(cases, columns):
    """cases: pairs of label and rows."""
    lines = ["| | server | " + " | ".join(COLUMNS[key][0] for key in columns) + " |",
             "|---|---|" + "---|" * len(columns)]
    for label, rows in cases:
        for row in rows:
            cells = " | ".join(cell(row, key) for key in columns)
            few = f" ({row.rounds}×)" if row.rounds < rows[0].rounds else ""
            lines.append(f"| {label} | {row.name}{few} | {cells} |")
            label = ""
    return "\n".join(lines) + "\n"
