"""Where halls, racks and services are going."""
