"""Problems and releases as a dashboard: what `desk.dashboards` cannot know."""
