# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""`python extensions/emulator start | stop | status | run -- command`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from emulator.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
