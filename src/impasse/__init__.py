"""impasse moves a dispute between governments from first signal to resolution."""
