# Completion of stomp for PowerShell: commands, options, values, contexts and destinations, asked of stomp itself.
#
#   stomp completions powershell | Out-String | Invoke-Expression        in $PROFILE

Register-ArgumentCompleter -Native -CommandName stomp -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object {
        # Nothing of what is typed is evaluated.
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $next = @(if ($wordToComplete -eq '') { '--next' })
    $lines = @(& stomp complete powershell @next '--' @words 2>$null)
    # Files are completed by PowerShell itself, where there is nothing else.
    foreach ($line in $lines) {
        if ($line.StartsWith(":files`t")) { return }
        $word, $about = $line.Split("`t", 2)
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
