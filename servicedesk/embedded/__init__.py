"""PostgreSQL and Valkey from wheels: started when somebody needs them, kept under `var/`.

Whoever uses a server holds a lease on it (a shared file lock, so a killed process gives it back).
A server nobody started by hand runs on until `make stop`, or until the last user that cleans up
after itself (`make run`, a test session) has left.
"""
