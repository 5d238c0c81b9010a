"""Networks from elsewhere (ONNX, torch.export) that judge windows of sound, run in processes of their own."""
