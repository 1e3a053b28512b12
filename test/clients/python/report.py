"""Says what a client did: a line of JSON for each thing that was tried."""

import json
import sys
from importlib.metadata import version

failed = 0


def tried(package, kind, name, attempt):
    """Runs attempt, and reports it as done or failed."""
    global failed
    line = {"client": package, "language": "Python", "version": version(package), "kind": kind, "name": name, "ok": True}
    try:
        attempt()
    except Exception as error:  # whatever a client raises is what the report is about
        failed += 1
        line |= {"ok": False, "said": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(line), flush=True)


def end():
    sys.exit(1 if failed else 0)
