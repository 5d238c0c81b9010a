"""What stands before the routes: which requests go where, who asks, may they, how many at a time."""
