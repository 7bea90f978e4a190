"""A small convolutional autoencoder whose code is a picture of few symbols.

network     the layers, and how encoder and decoder run through them
weights     layers <-> state: 6 bits a weight
rate        what the symbols would cost an entropy coder, as a network that learns along
classifier  a small classifier of decoded images, for the stage that reads labels
training    rate-distortion training for a wanted number of bits
base        what the two stages share
"""

from fewbytes.autoencoding.base import AutoencoderBase

__all__ = ["AutoencoderBase"]
