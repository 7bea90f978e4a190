"""The stages that come with fewbytes: one algorithm, one file, named as users type it."""
