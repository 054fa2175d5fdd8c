"""What the public is told: components, incidents and maintenance in words of their own."""
