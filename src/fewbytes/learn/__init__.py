"""Training networks on codes and images.

recipe     the one recipe: how long, how fast, which augmentation
models     linear, mlp, cnn, or a class of one's own by import path
feed       what a network is fed: batches, standardisation, shifts
precision  bfloat16 where the processor multiplies it
watch      who is told how a training goes on
trainer    one training, seeded and repeatable
"""

from fewbytes.learn.feed import Feed
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.trainer import Trained, train
from fewbytes.learn.watch import Silent, Watcher

__all__ = ["Feed", "Recipe", "Silent", "Trained", "Watcher", "train"]
