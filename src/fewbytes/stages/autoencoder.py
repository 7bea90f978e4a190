"""autoencoder: a small convolutional network, trained for the fewest bits at a given error.

It is trained, without labels, on squared error plus price times bits (Balle, Laparra and Simoncelli
2017, "End-to-end Optimized Image Compression"), through the rounding of finite scalar quantization
(Mentzer et al. 2023), and counts with a coder that knows a symbol's neighbours. So it is written

    autoencoder:250 | fsq:15 | context

with the number of bits that a code should take, and as many `levels` as `fsq` has. Many levels, of
which most are seldom used, cost nothing once an entropy coder follows, and are precise where it
pays. The network, 6 bits a weight, is the state: side information, about 20 kB.
"""

from __future__ import annotations

from dataclasses import dataclass

from fewbytes.autoencoding import AutoencoderBase


@dataclass(frozen=True)
class Autoencoder(AutoencoderBase):
    """Learns to rebuild pictures from a picture of few symbols; reads no labels."""

    name = "autoencoder"
