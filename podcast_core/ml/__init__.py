"""Models: what finds calls in sound, what describes sound by numbers, and what is learned from people's labels.

Heavy libraries (torch, transformers, onnxruntime) are imported by the modules that need them, and only when they run.
"""
