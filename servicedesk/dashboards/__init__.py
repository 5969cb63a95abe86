"""The dashboards as people meet them: pages of the admin, files, and mails. Figures: `desk`."""
