"""Results as people read them: terminal, Markdown, pictures, and one HTML page."""
