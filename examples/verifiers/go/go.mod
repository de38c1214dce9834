module example.com/behind-the-gate

go 1.19
