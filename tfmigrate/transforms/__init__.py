"""From a row of the catalogue, or a structure, to the new text: edits, never files."""
