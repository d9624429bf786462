"""Who computes it, one file each, used as its own users would use it.

A module here imports its library at the top; a worker imports only the module it is asked for, so
the other libraries need not be installed.
"""
