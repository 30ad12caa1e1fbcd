module github.com/respace/respace/clients/go

go 1.19
