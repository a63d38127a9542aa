"""Liberty files: read into a technology, and written from one."""
