"""The demo: an invented vendor, five invented customers and two weeks of their tickets.

The people and the words are the TOML files of this folder; `loading.load` reads and checks them.
Nothing here touches a database: `tickets.operations.demo` plays the stories through the operations.
"""
