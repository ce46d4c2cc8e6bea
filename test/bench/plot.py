"""A plot with two logarithmic axes, as SVG, without a library."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 500
LEFT, RIGHT, TOP, BOTTOM = 80, 185, 56, 56
LABEL_GAP = 17

# The ruler is grey, ours is strong, the peers are pale.
STYLES = {
    "light": ("#555555", "6 4", 2), "light, a TID each": ("#9a9a9a", "2 3", 2),
    "uvtftpd": ("#0b62c4", "", 3), "uvtftpd --single-port": ("#e0710a", "", 3),
    "dnsmasq": ("#3a9a5b", "", 1.5), "atftpd": ("#b0407a", "", 1.5), "tftpd-hpa": ("#8a6d1b", "", 1.5),
}


class Scale:
    """From a number to a place on a logarithmic axis."""

    def __init__(self, low, high, begin, end):
        self.low, self.high = math.log10(low), math.log10(high)
        self.begin, self.end = begin, end

    def at(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)


def decades(low, high):
    """1, 2 and 5 times the powers of ten in between."""
    ticks = []
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        ticks += [factor * 10.0 ** power for factor in (1, 2, 5)]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def spell(value):
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def text(x, y, words, anchor="middle", size=12, colour="#333333", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
            f'fill="{colour}">{escape(words)}</text>')


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def spread_labels(labels):
    """Labels stand beside the ends of their lines, but not on each other."""
    labels.sort(key=lambda label: label[0])
    for _ in range(50):
        for above, below in zip(labels, labels[1:]):
            overlap = LABEL_GAP - (below[0] - above[0])
            if overlap > 0:
                above[0] -= overlap / 2
                below[0] += overlap / 2
    return labels


def axes(x, y, title, x_name, y_name, x_ticks, y_range):
    parts = [text(LEFT, 26, title, "start", 16, "#111111", "bold")]
    for tick in decades(*y_range):
        is_power = math.isclose(math.log10(tick) % 1, 0, abs_tol=1e-9)
        parts.append(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), "#d5d5d5" if is_power else "#efefef"))
        parts.append(text(LEFT - 8, y.at(tick) + 4, spell(tick), "end"))
    for tick in x_ticks:
        parts.append(line(x.at(tick), HEIGHT - BOTTOM, x.at(tick), HEIGHT - BOTTOM + 5, "#999999"))
        parts.append(text(x.at(tick), HEIGHT - BOTTOM + 20, spell(tick)))
    parts.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "#999999"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_name))
    parts.append(text(LEFT, 46, y_name, "start"))
    return parts


def draw(title, x_name, y_name, lines):
    """lines: by server, a list of (x, median, low, high)."""
    points = [point for found in lines.values() for point in found]
    if not points:
        return ""
    xs = sorted({point[0] for point in points})
    low, high = min(point[1] for point in points) / 1.3, max(point[1] for point in points) * 1.3
    x = Scale(xs[0], max(xs[-1], xs[0] * 10), LEFT + 10, WIDTH - RIGHT - 10)
    y = Scale(low, high, HEIGHT - BOTTOM, TOP + 6)
    parts = axes(x, y, title, x_name, y_name, xs, (low, high))
    labels = []
    for server, found in lines.items():
        colour, dashes, width = STYLES.get(server, ("#888888", "", 1))
        path = " ".join(f"{x.at(at):.1f},{y.at(median):.1f}" for at, median, _, _ in found)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
                     f'stroke-dasharray="{dashes}" stroke-linejoin="round"/>')
        for at, median, least, most in found:
            if least < median < most:
                parts.append(line(x.at(at), y.at(max(least, low)), x.at(at), y.at(min(most, high)), colour))
            parts.append(f'<circle cx="{x.at(at):.1f}" cy="{y.at(median):.1f}" r="{width + 0.8}" fill="{colour}"/>')
        labels.append([y.at(found[-1][1]), x.at(found[-1][0]), server, colour])
    for height, _, server, colour in spread_labels(labels):
        parts.append(text(WIDTH - RIGHT + 8, height + 4, server, "start", 13, colour, "bold"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n")
