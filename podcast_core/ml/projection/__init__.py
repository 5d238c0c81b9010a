"""Places of clips on a map: near each other where they sound alike. Pure numbers in and out."""
