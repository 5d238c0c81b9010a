"""Pod.Cast: turn hours of animal sound into labelled data. Import the submodules you need."""

__version__ = "0.1.0"
