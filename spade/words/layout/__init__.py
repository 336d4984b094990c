"""From a wish to a label map: a real layout, chosen, cleared, completed and judged."""
