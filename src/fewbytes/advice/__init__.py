"""Advice: the smallest codec within an allowance, searched for and proved.

question      what is asked: how much may be lost, or how many bytes there are
ladder        the codec families, each with its rate knob: what is searched
budget        the time that there is, and how long things take
pace          what the time is spent on, by the speed of the machine
journal       what the search has found so far, safe against being cut off
trials        a codec weighed, and tried by a short training on a part of the images
noted         the same, noted in the journal
candidate     a codec that was tried, and what may be expected of it
rounds        successive halving: which codecs are worth confirming
shortlist     in which order they are confirmed
confirmation  full trainings with paired seeds, as cells of a study
paired        the one-sided test of "no worse than raw by more than d"
evidence      what the finished trainings of a codec show of it
search        all of it in order
advised       what came out
traffic       what that means for bandwidth and storage
watch         who is told how it goes on
"""
