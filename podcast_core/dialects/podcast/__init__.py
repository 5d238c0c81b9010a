"""The dialect of the original Pod.Cast: its routes, its links, and deployments brought over and written back."""
