"""A peer of the exam for tests: a program that answers as peers do."""

import sys

from benchmarks.exam.systems import Peer

FAKE = """
import json, sys
from pathlib import Path

log, most = Path(sys.argv[1]), int(sys.argv[2])
if sys.argv[3:] == ["--describe"]:
    print(json.dumps({"version": "7", "labels": ["Lua", "PL/pgSQL", "Nonesuch"], "probabilities": True}))
    sys.exit()
for number, line in enumerate(sys.stdin):
    if number == most:
        sys.exit("out of breath")
    row = json.loads(line)
    with log.open("a") as file:
        file.write(row["text"] + "\\0")
    label = "Lua" if "lu_" in row["text"] else None
    print(json.dumps({"id": row["id"], "label": label, "score": 0.75}), flush=True)
"""


def fake_peer(folder, most=10**9):
    script = folder / "ask_fake.py"
    script.write_text(FAKE, "utf-8")
    return Peer("magika", (sys.executable, str(script), str(folder / "asked"), str(most)), "pygments")
