"""What whoever runs this looks at: health, figures, lines in a log, and headers on every answer."""
