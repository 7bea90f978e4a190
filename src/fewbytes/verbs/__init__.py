"""The verbs: what `import fewbytes` and the command line both call. Nothing is imported here, so
that each verb brings no more than it needs.

studying   study
storing    codec, compress, open, verify, export
training   train
measuring  measure
reporting  report
"""
