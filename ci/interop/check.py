"""How the scripts beside this one report: one line a check, and an exit code that counts the failed ones."""

import sys


class Checks:
    """The checks of one script."""

    def __init__(self, name):
        self.name = name
        self.failed = 0
        self.done = 0

    def that(self, holds, what, detail=""):
        """One check: `detail` is shown where it does not hold."""
        self.done += 1
        if holds:
            print(f"  ok    {what}")
        else:
            self.failed += 1
            print(f"  FAIL  {what}" + (f"\n        {detail}" if detail != "" else ""))
        sys.stdout.flush()
        return bool(holds)

    def equal(self, got, wanted, what):
        """Two values are the same."""
        return self.that(got == wanted, what, f"got    {short(got)}\n        wanted {short(wanted)}")

    def note(self, text):
        """A figure that is reported and not judged."""
        print(f"        {text}")
        sys.stdout.flush()

    def end(self):
        """The last line, and the exit code. No check at all is a failure, too."""
        passed = self.done - self.failed
        print(f"{self.name}: {passed} of {self.done} checks hold")
        sys.exit(1 if self.failed or not self.done else 0)


def short(value, limit=600):
    """A value in few enough characters to be read."""
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + f"… ({len(text)} characters)"
