"""The verbs: what `import fewbytes` and the command line both call.

studying   study
storing    codec, compress, open, verify, export
training   train
measuring  measure
"""

from fewbytes.studies.repeated import StoreResult
from fewbytes.verbs.measuring import measure
from fewbytes.verbs.storing import codec, compress, export, open, verify
from fewbytes.verbs.studying import Run, run_study, study
from fewbytes.verbs.training import train

__all__ = [
    "Run",
    "StoreResult",
    "codec",
    "compress",
    "export",
    "measure",
    "open",
    "run_study",
    "study",
    "train",
    "verify",
]
