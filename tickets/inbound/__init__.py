"""Mail that comes in: read from bytes that anyone may have sent, whatever they are.

`reading` makes a `Letter` of raw bytes within caps; `decoding` finds the letters of bytes whose
charset is wrong or missing; `parts` walks what a mail is made of; `quoting` cuts what was quoted
from what is new; `automatic` tells what no person sent. Nothing here asks the database.
"""
