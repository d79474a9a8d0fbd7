"""What happens to a machine, and what must be so afterwards."""
