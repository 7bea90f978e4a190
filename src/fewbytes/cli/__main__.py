"""`python -m fewbytes.cli`."""

import sys

from fewbytes.cli import main

sys.exit(main())
