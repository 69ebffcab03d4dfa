x = A
x * 10