#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""EDGE_CASES.md names tests that there are, every golden program, and the cases 1 to 130."""
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
FILES = {"driver": ["driver/behaviour_test.py", "driver/builds_test.py"], "survive": ["survive/survive_test.py"],
         "rewrite": ["golden/rewrite/project_test.py"], "e2e": ["e2e/described_test.py"]}


def methods(path):
    """Class.test_name of each test of a file."""
    found, name = set(), ""
    for line in (TESTS / path).read_text().splitlines():
        match = re.match(r"class (\w+)|    def (test_\w+)", line)
        if match:
            name = match[1] or name
            found |= {f"{name}.{match[2]}"} if match[2] else set()
    return found


def main():
    known = {kind: set().union(*map(methods, paths)) for kind, paths in FILES.items()}
    known["golden"] = {path.stem for path in (HERE / "edit/cases").glob("*.c")}
    known["parity"] = set(re.findall(r'^    \("(.*?)",', (TESTS / "driver/parity_test.py").read_text(), re.M))
    text = (HERE / "EDGE_CASES.md").read_text()
    named, problems = set(), []
    for number, case, proof in re.findall(r"^\| (\d*) ?\| (.*) \| (.*) \|$", text, re.M):
        proofs = re.findall(r"`(\w+): (.*?)`", proof)
        if not proofs and case != "case":
            problems.append(f"{number} {case}: nothing shows it")
        for kind, name in proofs:
            named.add((kind, name))
            if name not in known.get(kind, ()):
                problems.append(f"{number} {case}: there is no {kind}: {name}")
    problems += [f"golden: {name} is in no row" for name in sorted(known["golden"]) if ("golden", name) not in named]
    numbers = list(map(int, re.findall(r"^\| (\d+) ", text, re.M)))
    if numbers != list(range(1, 131)):
        problems.append("the cases are not 1 to 130")
    print("\n".join(problems) or f"{len(named)} tests named")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
