"""`make run`: prepares the installation, then keeps its processes going in one terminal."""
