"""The layouts of instruction data: one record each, and how values, dialogues and options become turns."""
