"""What is computed, one file each: functions of scalars, written once for all peers."""
