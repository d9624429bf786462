"""The libraries that are compared, one file each, used as their own users would use them.

A module here imports its library at the top; a worker imports only the module it is asked for, so
the other libraries need not be installed.
"""
