"""Problems and releases for programs."""
