"""Samples drawn to be verified: predictions by strata, thresholds that follow from them, and audits of answers."""
