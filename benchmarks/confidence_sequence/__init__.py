"""How often a confidence sequence ever fails where contacts come week by week from officers with habits."""
