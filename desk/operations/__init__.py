"""The verbs of the desk: what is done across customers. Imported by module (`outbox.put`)."""
