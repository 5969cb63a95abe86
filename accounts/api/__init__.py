"""What both doors of the API share: tokens, problems, pages, limits, doing a thing once."""
