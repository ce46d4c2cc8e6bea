"""What is shipped for other programs to read is what they read: forms.py SOURCE_DIR SPDX_FILE

The launchd plist, the Kubernetes example (with python3-yaml, else it says that it was not looked at), the capabilities
for OpenWrt's jail, and the list of parts (SPDX 2.3, tags and values): its required fields are there, and what relations
name is defined.
"""
import json
import plistlib
import re
import sys

faults = []


def expect(is_so, what):
    if not is_so:
        faults.append(what)


def check_plist(path):
    with open(path, "rb") as file:
        job = plistlib.load(file)
    expect(path.endswith("/" + job.get("Label", "") + ".plist"), f"{path}: named otherwise than its label")
    expect(job.get("ProgramArguments", [""])[0].endswith("/uvtftpd"), f"{path}: does not start uvtftpd")
    expect(job.get("UserName") not in (None, "root"), f"{path}: runs as root")
    expect(job.get("KeepAlive") is True, f"{path}: is not kept alive")


def check_capabilities(path):
    with open(path, encoding="utf-8") as file:
        sets = json.load(file)
    # procd knows these and no others.
    expect(set(sets) == {"bounding", "effective", "ambient", "permitted", "inheritable"}, f"{path}: other sets")
    for name, capabilities in sets.items():
        expect("CAP_NET_BIND_SERVICE" in capabilities, f"{path}: {name} does not allow port 69")


def check_kubernetes(path):
    try:
        import yaml
    except ImportError:
        print(f"forms: {path} not looked at: python3-yaml is not here")
        return
    with open(path, encoding="utf-8") as file:
        objects = {each["kind"]: each for each in yaml.safe_load_all(file)}
    pod = objects["Deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    arguments = container["args"]
    ports = {port["name"]: port for port in container["ports"]}
    expect("--single-port" in arguments, f"{path}: a balancer needs a single port")
    for port in objects["Service"]["spec"]["ports"]:
        target = ports.get(port["targetPort"], {})
        expect(port["protocol"] == "UDP" and target.get("protocol") == "UDP", f"{path}: TFTP is UDP")
        listen = arguments[arguments.index("--listen") + 1]
        expect(listen == f":{target.get('containerPort')}", f"{path}: the service leads elsewhere than --listen")
    for selector in objects["Deployment"]["spec"]["selector"]["matchLabels"], objects["Service"]["spec"]["selector"]:
        expect(selector.items() <= pod["metadata"]["labels"].items(), f"{path}: {selector} selects no pod")
    claimed = {volume["name"] for volume in pod["spec"]["volumes"]}
    expect({mount["name"] for mount in container["volumeMounts"]} <= claimed, f"{path}: a mount without its volume")
    context = {**pod["spec"]["securityContext"], **container["securityContext"]}
    expect(context.get("runAsNonRoot") is True, f"{path}: may run as root")
    expect(context.get("allowPrivilegeEscalation") is False, f"{path}: may get more rights")
    expect(context.get("readOnlyRootFilesystem") is True, f"{path}: may write to its image")
    expect(context.get("capabilities", {}).get("drop") == ["ALL"], f"{path}: has capabilities")
    drain_s = int(arguments[arguments.index("--drain") + 1])
    expect(drain_s < pod["spec"]["terminationGracePeriodSeconds"], f"{path}: killed before transfers end")


# Of SPDX 2.3, what a document and a package must have.
DOCUMENT = ("SPDXVersion", "DataLicense", "SPDXID", "DocumentName", "DocumentNamespace", "Creator", "Created")
PACKAGE = ("PackageName", "SPDXID", "PackageDownloadLocation")
FORMS = {
    "SPDXVersion": r"SPDX-2\.3",
    "DataLicense": r"CC0-1\.0",
    "SPDXID": r"SPDXRef-[A-Za-z0-9.-]+",
    "DocumentNamespace": r"[a-z]+://[^# ]+",
    "Creator": r"(Person|Organization|Tool): .+",
    "Created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "PackageSupplier": r"NOASSERTION|(Person|Organization): .+",
    "PackageDownloadLocation": r"NONE|NOASSERTION|[a-z+]+://.+",
    "FilesAnalyzed": r"true|false",
    "ExternalRef": r"(SECURITY|PACKAGE-MANAGER|PERSISTENT-ID|OTHER) \S+ \S+",
    "PrimaryPackagePurpose": r"APPLICATION|LIBRARY|SOURCE|OTHER",
    "Relationship": r"SPDXRef-\S+ (DESCRIBES|CONTAINS|DEPENDS_ON|DYNAMIC_LINK|STATIC_LINK) SPDXRef-\S+",
}


def check_spdx(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"<text>(.*?)</text>", lambda match: match[1].replace("\n", " "), file.read(), flags=re.S)
    parts = [[]]
    for line in filter(None, text.split("\n")):
        tag, colon, value = line.partition(": ")
        expect(colon and re.fullmatch(r"[A-Za-z]+", tag), f"{path}: not a tag and its value: {line}")
        expect(value and "@" not in re.sub(r"(?<=\w)@(?=\d)", "", value), f"{path}: {tag} has no value")
        expect(re.fullmatch(FORMS.get(tag, r".*"), value), f"{path}: not a {tag}: {value}")
        if tag == "PackageName":
            parts.append([])
        parts[-1].append((tag, value))
    for part, required in zip(parts, [DOCUMENT] + [PACKAGE] * len(parts)):
        for tag in required:
            expect(tag in dict(part), f"{path}: no {tag} in {part[0]}")
    everything = [pair for part in parts for pair in part]
    ids = [value for tag, value in everything if tag == "SPDXID"]
    expect(len(ids) == len(set(ids)), f"{path}: two parts of one SPDXID")
    relations = [value.split() for tag, value in everything if tag == "Relationship"]
    for one, _, other in relations:
        expect(one in ids and other in ids, f"{path}: {one} or {other} is not there")
    linked = {other for _, _, other in relations}
    expect(linked | {"SPDXRef-DOCUMENT"} == set(ids), f"{path}: a part without a relation")


def main():
    source, spdx = sys.argv[1:]
    check_plist(f"{source}/packaging/launchd/io.uvtftp.uvtftpd.plist")
    check_capabilities(f"{source}/packaging/openwrt/files/uvtftpd.json")
    check_kubernetes(f"{source}/packaging/kubernetes/uvtftpd.yaml")
    check_spdx(spdx)
    for fault in faults:
        print(f"forms: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


main()
