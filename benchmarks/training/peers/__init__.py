"""Who trains, one file each, used as its own users would use it."""
