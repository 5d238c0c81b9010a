"""Bytes at addresses: S3 buckets and web servers, with time limits, retries and a guard against private addresses."""
