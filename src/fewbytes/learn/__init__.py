"""Training networks on codes and images.

recipe       the one recipe: how long, how fast, which augmentation
models       linear, mlp, cnn, or a class of one's own by import path
feed         what a network is fed: batches, standardisation, shifts
precision    bfloat16 where the processor multiplies it
watch        who is told how a training goes on
ranks        processes that train one network together: who has what, and how it is put together
shared_norm  batch normalisation by a batch of which each rank has a share
meeting      how ranks meet, and how they end
trainer      one training, seeded and repeatable
stored       a network trained from a store, judged on validation images and tested once
kept         a trained network as bytes, to be tested later
"""

from fewbytes.learn.feed import ArrayFeed, Feed, StoredFeed
from fewbytes.learn.meeting import together
from fewbytes.learn.ranks import Ranks
from fewbytes.learn.recipe import Recipe
from fewbytes.learn.stored import Judged, Tested, judge_on, read_test, train_on
from fewbytes.learn.trainer import Trained, train
from fewbytes.learn.watch import Silent, Watcher

__all__ = [
    "ArrayFeed",
    "Feed",
    "Judged",
    "Ranks",
    "Recipe",
    "Silent",
    "StoredFeed",
    "Tested",
    "Trained",
    "Watcher",
    "judge_on",
    "read_test",
    "together",
    "train",
    "train_on",
]
