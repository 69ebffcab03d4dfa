"""From paths to text: finding files, decoding them, notebooks, dependency files, atomic writing."""
