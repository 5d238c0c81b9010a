"""From a few labelled clips to all: search, classifiers, what to label next, density. Pure numbers in and out."""
