"""Codecs: rows of typed stages, their text form, and what is learned for them.

stage      the contract of selections, transforms, quantizers and coders
registry   which stages exist
text       parse, canonical text, sweeps
codec      a complete row of stages
fitting    learning the states of a codec
streams    training images a chunk at a time
spans      the parts of a fit that can be worked on anywhere
fitted     encode, decode, pack, unpack
chunks     fixed-size pieces of a batch, so that codes never depend on the batch
linear     matrix products, shared by the transforms
moments    mean, covariance and principal axes, shared by the transforms that learn them
keyed      the check of a secret key, shared by the keyed stages
rounding   to the nearest symbol, shared by the quantizers
records    coders that give every record the same number of bytes
labelled   coders that use labels, and may choose the order of records
sample     a bounded sample to learn from
pictures   coders that are image formats
bundle     many small files as one string of bytes
mosaic     many small pictures as one
pillow     Pillow, with the checks that a stranger's bytes ask for
clusters   codebooks by k-means, shared by the vector quantizers
squeeze    tables of a state in few bytes
zstandard  compressing with zstd, shared by squeeze and the coder
descent    gradient descent, shared by the stages that learn networks
bits       tight packing, shared by the coders
"""

from fewbytes.codecs.codec import Codec
from fewbytes.codecs.fitted import FittedCodec
from fewbytes.codecs.labelled import LabelCoder
from fewbytes.codecs.records import RecordCoder
from fewbytes.codecs.registry import register, stage_class, stage_names
from fewbytes.codecs.spans import SpanWork, Spread
from fewbytes.codecs.stage import (
    Coder,
    Domain,
    Quantizer,
    Selection,
    Signal,
    Stage,
    Symbols,
    Transform,
    argument,
    option,
)
from fewbytes.codecs.streams import ImageStream, NumberedImages
from fewbytes.codecs.text import expand

__all__ = [
    "Codec",
    "Coder",
    "Domain",
    "FittedCodec",
    "ImageStream",
    "LabelCoder",
    "NumberedImages",
    "Quantizer",
    "RecordCoder",
    "Selection",
    "Signal",
    "SpanWork",
    "Spread",
    "Stage",
    "Symbols",
    "Transform",
    "argument",
    "expand",
    "option",
    "register",
    "stage_class",
    "stage_names",
]
