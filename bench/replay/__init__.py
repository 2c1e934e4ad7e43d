"""What a purchase costs without a server: its statements, sent over and over by nothing but asyncpg.

A purchase is made twice in a process of our own that remembers what it sends. Where the two differ is what each
purchase has of its own; that is made anew for each further one, and everything else is sent as it was.
"""
